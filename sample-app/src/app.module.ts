import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RedisClusterModule } from 'nest-redis-cluster';
import { clusterOptions } from './cluster/cluster-options.js';
import { ClusterUnavailableFilter } from './cluster/cluster-unavailable.filter.js';
import { ClusterModule } from './cluster/cluster.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { PageController } from './page/page.controller.js';
import { ReservationsModule } from './reservations/reservations.module.js';

@Module({
  imports: [
    RedisClusterModule.forRootAsync({
      useFactory: () => clusterOptions(process.env),
    }),
    ClusterModule,
    EventsModule,
    HealthModule,
    ReservationsModule,
  ],
  controllers: [PageController],
  providers: [{ provide: APP_FILTER, useClass: ClusterUnavailableFilter }],
})
export class AppModule {}

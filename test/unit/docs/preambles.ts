/**
 * What a code block of the documentation may take as given, by the names in
 * the comment before it: `<!-- given: client, nest -->`.
 */
export const PREAMBLES: Readonly<Record<string, string>> = {
  client: `
    import { FanOutError, TransactionAbortedError } from 'nest-redis-cluster';
    declare const client: import('nest-redis-cluster').RedisClusterClient;`,
  pipelineErrors: `
    import { PipelineError } from 'nest-redis-cluster';`,
  cluster: `
    declare const cluster: import('nest-redis-cluster/testing').LocalRedisCluster;`,
  nest: `
    import { Controller, Get, Injectable, type MessageEvent, Param, ParseUUIDPipe, Put, Sse, UseFilters } from '@nestjs/common';
    import { EnsureReplication, InjectRedisCluster, InjectRedisClusterHealth, RedisClusterClient,
      RedisClusterHealthIndicator, RedisClusterModule, ReplicationExceptionFilter } from 'nest-redis-cluster';
    import { map, type Observable } from 'rxjs';`,
  injectables: `
    import { Injectable, Module } from '@nestjs/common';
    import { RedisFunctionLibrary, RedisScript } from 'nest-redis-cluster';`,
  terminus: `
    import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';`,
  testingModule: `
    import { Test } from '@nestjs/testing';`,
  // any tracer: OpenTelemetry is the application's choice and no dependency of this repository
  tracer: `
    interface Span {
      addEvent(name: string, attributes: Record<string, string | number | undefined>): void;
      recordException(error: unknown): void;
      end(): void;
    }
    declare const tracer: { startSpan(name: string): Span };`,
  // @nestjs/config is the application's choice and no dependency of this repository
  config: `
    class ConfigModule {}
    declare class ConfigService {
      get<T>(name: string): T | undefined;
      getOrThrow<T>(name: string): T;
    }`,
  tokens: `
    import { RedisClusterClient } from 'nest-redis-cluster';
    import { map, retry, switchMap, timer } from 'rxjs';
    declare function fetchToken(): Promise<string>;
    declare function revokeFormerTokens(): void;`,
  optionsFactory: `
    import type { RedisClusterModuleOptions, RedisClusterOptionsFactory } from 'nest-redis-cluster';
    class RedisOptions implements RedisClusterOptionsFactory {
      createRedisClusterOptions(): RedisClusterModuleOptions {
        return { nodes: ['redis://127.0.0.1:7000'], boot: 'lazy' };
      }
    }`,
};

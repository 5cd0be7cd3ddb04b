import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { thingsToTry } from './things-to-try.js';

const app = await NestFactory.create(AppModule);
// Ctrl-C: requests in flight are answered, then the client drains and closes
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');

new Logger('TicketOffice').log(thingsToTry(await app.getUrl()));

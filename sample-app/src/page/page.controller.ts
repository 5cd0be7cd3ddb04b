import { readFile } from 'node:fs/promises';
import { Controller, Get, Header } from '@nestjs/common';

@Controller()
export class PageController {
  private readonly page = readFile(
    new URL('./index.html', import.meta.url),
    'utf8',
  );

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  index(): Promise<string> {
    return this.page;
  }
}

import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Settings } from '../config/settings';
import { METRICS_TYPE, scrape } from '../observability/scrape';
import { Public } from './access';
import { problems } from './http-problem';
import { ApiProblems } from './openapi';

@ApiTags('Operations')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly settings: Settings) {}

  /** What Prometheus collects. Where METRICS is off there is nothing here. */
  @Get()
  @Public()
  @Header('content-type', METRICS_TYPE)
  @ApiProduces('text/plain')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' }, example: 'orders_total 42\n' } } })
  @ApiProblems(problems.notFound('/metrics'))
  async scrape(): Promise<string> {
    if (this.settings.METRICS === 'off') throw problems.notFound('/metrics');
    return scrape();
  }
}

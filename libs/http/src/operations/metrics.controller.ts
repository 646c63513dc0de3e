import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { problems } from '@holdfast/platform';
import { METRICS_TYPE, scrape } from '@holdfast/platform/observability';
import { HttpSettings } from '../http.settings';
import { Public } from '../openapi/access';
import { ApiGroup, ApiProblems } from '../openapi/openapi';

@ApiGroup('Operations')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly settings: HttpSettings) {}

  /** What Prometheus collects. Where METRICS is off there is nothing here. */
  @Get()
  @Public()
  @Header('content-type', METRICS_TYPE)
  @ApiProduces('text/plain')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' }, example: 'orders_total 42\n' } } })
  @ApiProblems(problems.notFound('/metrics'))
  async getMetrics(): Promise<string> {
    if (this.settings.METRICS === 'off') throw problems.notFound('/metrics');
    return scrape();
  }
}

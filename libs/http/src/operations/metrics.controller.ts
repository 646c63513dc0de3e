import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { problems, Settings } from '@holdfast/platform';
import { METRICS_TYPE, scrape } from '@holdfast/platform/observability';
import { HttpSettings } from '../http.settings';
import { Public } from '../openapi/access';
import { ApiGroup, ApiProblems } from '../openapi/openapi';

@ApiGroup('Operations')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly http: HttpSettings,
    private readonly platform: Settings,
  ) {}

  /**
   * Get the metrics for Prometheus
   * @remarks 404 in production, where METRICS_PORT serves them, and where METRICS is off.
   */
  @Get()
  @Public()
  @Header('content-type', METRICS_TYPE)
  @ApiProduces('text/plain')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' }, example: 'orders_total 42\n' } } })
  @ApiProblems(problems.notFound('/metrics'))
  async getMetrics(): Promise<string> {
    if (this.http.METRICS === 'off' || this.platform.NODE_ENV === 'production') throw problems.notFound('/metrics');
    return scrape();
  }
}

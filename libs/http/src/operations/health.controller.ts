import { Controller, Get } from '@nestjs/common';
import { problems, Readiness } from '@holdfast/platform';
import { ApiGroup, ApiProblems } from '../openapi/openapi';
import { HealthDto } from './health.dto';
import { Public } from '../openapi/access';

@ApiGroup('Operations', 'For the operators of the service.')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /**
   * Get the liveness of the process
   * @remarks Independent of the database. Restart the process when it does not answer.
   */
  @Get('live')
  @Public()
  getLiveness(): HealthDto {
    return { status: 'ok' };
  }

  /**
   * Get the readiness for requests
   * @remarks 503 while the database is away or lacks migrations, and from SIGTERM on. Route requests by it.
   */
  @Get('ready')
  @Public()
  @ApiProblems(problems.unavailable())
  getReadiness(): Promise<HealthDto> {
    return this.readiness.check();
  }
}

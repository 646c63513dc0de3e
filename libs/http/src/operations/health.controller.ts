import { Controller, Get } from '@nestjs/common';
import { problems, Readiness } from '@holdfast/platform';
import { ApiGroup, ApiProblems } from '../openapi/openapi';
import { HealthDto } from './health.dto';
import { Public } from '../openapi/access';

@ApiGroup('Operations', 'For the operators of the service.')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Is the process alive? Says nothing about the database. */
  @Get('live')
  @Public()
  getLiveness(): HealthDto {
    return { status: 'ok' };
  }

  /** Should it be given requests? 503 while the database is away or lacks migrations, and from SIGTERM on. */
  @Get('ready')
  @Public()
  @ApiProblems(problems.unavailable())
  getReadiness(): Promise<HealthDto> {
    return this.readiness.check();
  }
}

import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Reads } from '../persistence/reads';
import { problems } from './http-problem';
import { ApiProblems } from './openapi';
import { HealthDto } from './health.dto';
import { Public } from './access';

@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(private readonly reads: Reads) {}

  /** Is the process alive? Says nothing about the database. */
  @Get('live')
  @Public()
  live(): HealthDto {
    return { status: 'ok' };
  }

  /** Can it serve? 503 while the database is away. */
  @Get('ready')
  @Public()
  @ApiProblems(problems.unavailable())
  async ready(): Promise<HealthDto> {
    await this.reads.query('SELECT 1');
    return { status: 'ok', checks: { database: 'ok' } };
  }
}

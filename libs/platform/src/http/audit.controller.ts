import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditQueries } from '../audit/audit.queries';
import { InvalidCursor } from '../persistence/keyset';
import { AdminOnly } from './access';
import { AuditEntryListDto, AuditFilterDto } from './audit.dto';
import { ApiProblems } from './openapi';

@ApiTags('Operations')
@Controller('v1/admin/audit')
export class AuditController {
  constructor(private readonly audit: AuditQueries) {}

  /** What admins and API keys have written, newest first: an entry for each object. Nothing of it can be changed, and only what is old is deleted. */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  list(@Query() filter: AuditFilterDto): Promise<AuditEntryListDto> {
    return this.audit.list(filter);
  }
}

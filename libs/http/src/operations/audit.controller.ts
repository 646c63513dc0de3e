import { Controller, Get, Query } from '@nestjs/common';
import { InvalidCursor } from '@holdfast/platform';
import { AuditQueries } from '@holdfast/platform/reads';
import { AdminOnly } from '../openapi/access';
import { AuditEntryListDto, AuditFilterDto } from './audit.dto';
import { ApiGroup, ApiProblems } from '../openapi/openapi';

@ApiGroup('Operations')
@Controller('v1/admin/audit')
export class AuditController {
  constructor(private readonly audit: AuditQueries) {}

  /** What admins and API keys have written, newest first: an entry for each object. Nothing of it can be changed, and only what is old is deleted. */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listAuditEntries(@Query() filter: AuditFilterDto): Promise<AuditEntryListDto> {
    return this.audit.list(filter);
  }
}

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

  /**
   * List entries of the audit log
   * @remarks One entry for each object that an admin or an API key has changed, newest first. Entries cannot be
   * changed; the oldest are deleted after AUDIT_RETENTION.
   */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listAuditEntries(@Query() filter: AuditFilterDto): Promise<AuditEntryListDto> {
    return this.audit.list(filter);
  }
}

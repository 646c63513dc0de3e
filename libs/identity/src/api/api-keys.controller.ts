import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiGroup, AdminOnly, ApiProblems, IdParam, PageDto } from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import { ApiKeyQueries } from '../application/api-key.queries';
import { ApiKeys } from '../application/api-keys.service';
import { ApiKeyNotFound } from '../domain/identity.errors';
import { type CurrentCustomer, LoggedIn } from './access.guard';
import { ApiKeyListDto, IssueApiKeyDto, IssuedApiKeyDto } from './api-key.dto';

@ApiGroup('API keys', 'As an admin, give machines access to what their scopes name.')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly queries: ApiKeyQueries,
  ) {}

  /** Make a key for a machine. It is shown now and never again. */
  @Post()
  @AdminOnly()
  createApiKey(@Body() body: IssueApiKeyDto, @LoggedIn() admin: CurrentCustomer): Promise<IssuedApiKeyDto> {
    return this.keys.issue(body, admin.id);
  }

  /** All keys, newest first. */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listApiKeys(@Query() page: PageDto): Promise<ApiKeyListDto> {
    return this.queries.list(page);
  }

  /** Revoke a key, for good: it opens nothing from its next request on. */
  @Delete(':id')
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new ApiKeyNotFound())
  revokeApiKey(@Param('id', IdParam) id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}

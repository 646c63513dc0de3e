import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiGroup, AdminOnly, ApiProblems, IdParam, PageDto } from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import { ApiKeys } from '../application/api-keys.service';
import { ApiKeyNotFound } from '../domain/identity.errors';
import { type CurrentCustomer, LoggedIn } from './access.guard';
import { ApiKeyListDto, IssueApiKeyDto, IssuedApiKeyDto } from './credentials.dto';

@ApiGroup('API keys', 'Admins give machines access to the routes that scopes name.')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  /**
   * Create an API key
   * @remarks The answer shows the key once; the service stores only a hash of it.
   */
  @Post()
  @AdminOnly()
  createApiKey(@Body() body: IssueApiKeyDto, @LoggedIn() admin: CurrentCustomer): Promise<IssuedApiKeyDto> {
    return this.keys.issue(body, admin.id);
  }

  /**
   * List API keys
   * @remarks Newest first, with revoked and expired keys.
   */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listApiKeys(@Query() page: PageDto): Promise<ApiKeyListDto> {
    return this.keys.list(page);
  }

  /**
   * Revoke an API key
   * @remarks The key is refused from its next request on, for good. Revoking it again is 204 too.
   */
  @Delete(':id')
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new ApiKeyNotFound())
  revokeApiKey(@Param('id', IdParam) id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}

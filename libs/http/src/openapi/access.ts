import { applyDecorators, SetMetadata } from '@nestjs/common';
import { type Access, ApiAccess, ApiScopes } from './openapi';

export const ACCESS = 'access';
export const OPENING_SCOPES = 'opening-scopes';

const access = (who: Access) => applyDecorators(SetMetadata(ACCESS, who), ApiAccess(who));

/** Opens a route to anyone, and ignores credentials. A route without a decorator of access needs a login. */
export const Public = () => access('public');

/** Opens a route to anyone; logged-in callers may see more. Bad credentials are refused. */
export const OptionalLogin = () => access('optional');

/** Opens a route to admins only. */
export const AdminOnly = () => access('admin');

/** Opens a route to API keys with one of these scopes as well; a key acts as an admin. No other route takes keys. */
export const OpenToKeys = (...scopes: string[]) =>
  applyDecorators(SetMetadata(OPENING_SCOPES, scopes), ApiScopes(scopes));

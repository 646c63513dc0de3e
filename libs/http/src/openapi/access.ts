import { applyDecorators, SetMetadata } from '@nestjs/common';
import { type Access, ApiAccess, ApiScopes } from './openapi';

export const ACCESS = 'access';
export const OPENING_SCOPES = 'opening-scopes';

const access = (who: Access) => applyDecorators(SetMetadata(ACCESS, who), ApiAccess(who));

/** Anyone; credentials are not looked at. A route without one of these three is for every logged-in customer. */
export const Public = () => access('public');

/** Anyone, and who is logged in may see more; bad credentials are still refused. */
export const OptionalLogin = () => access('optional');

export const AdminOnly = () => access('admin');

/** Beside whom it is for: an API key with one of these scopes, which then stands in for an admin. No other route takes keys. */
export const OpenToKeys = (...scopes: string[]) =>
  applyDecorators(SetMetadata(OPENING_SCOPES, scopes), ApiScopes(scopes));

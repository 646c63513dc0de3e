import { applyDecorators, SetMetadata } from '@nestjs/common';
import { type Access, ApiAccess } from './openapi';

export const ACCESS = 'access';

const access = (who: Access) => applyDecorators(SetMetadata(ACCESS, who), ApiAccess(who));

/** Anyone; credentials are not looked at. A route without one of these three is for every logged-in customer. */
export const Public = () => access('public');

/** Anyone, and who is logged in may see more; bad credentials are still refused. */
export const OptionalLogin = () => access('optional');

export const AdminOnly = () => access('admin');

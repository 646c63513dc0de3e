import { setting, settings } from '@holdfast/platform';

/** How long customers may return goods, from the last shipment of their order. */
export class FulfilmentSettings extends settings({ RETURN_WINDOW: setting.duration('30d') }) {}

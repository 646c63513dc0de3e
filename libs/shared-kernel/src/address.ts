/** Where goods go. `country` is ISO 3166-1 alpha-2. Personal data: it stands in no event, log or audit entry. */
export interface Address {
  /** Of the person or company that receives. */
  name: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  postalCode: string;
  country: string;
  phone?: string;
}

const FIELDS = ['name', 'line1', 'line2', 'city', 'region', 'postalCode', 'country', 'phone'] as const;

/** The fields of an address alone, without those that have no value. */
export function copyOfAddress(from: { [Field in keyof Address]: Address[Field] | null }): Address {
  const fields = FIELDS.map((field) => [field, from[field]] as const);
  return Object.fromEntries(fields.filter(([, value]) => value)) as unknown as Address;
}

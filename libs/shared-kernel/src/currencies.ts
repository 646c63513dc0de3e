/**
 * The digits behind the decimal point of each currency, from ISO 4217 (list one of 2026-01, and the codes that left it
 * in 2025: ANG, BGN). It stands here, not in the runtime's locale data: that data counts digits as shops write prices,
 * differs between versions of Node, and would make an amount that is stored today unreadable tomorrow. Currencies with
 * four digits (CLF, UYW) are units of account and are left out, as are funds, metals and test codes.
 */
const BY_DIGITS = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
      CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
      KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
      NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
      TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
} as const;

const DIGITS = new Map(
  Object.entries(BY_DIGITS).flatMap(([digits, codes]) => codes.split(/\s+/).map((code) => [code, Number(digits)])),
);

/** Every currency that a price may have. */
export const CURRENCIES: readonly string[] = [...DIGITS.keys()].sort();

/** The digits of the currency's minor unit: 0, 2 or 3; undefined for a code that is no currency here. */
export const digitsOf = (currency: string): number | undefined => DIGITS.get(currency);

/** The currency's minor unit in thousandths: 1000, 10 or 1; 10 for a code that is no currency here. */
export const minorUnitOf = (currency: string): bigint => 10n ** BigInt(3 - (digitsOf(currency) ?? 2));

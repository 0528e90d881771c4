export { type Client, ClientAddresses } from './client-address.ts';
export { KeyedQuotas, type Rate } from './keyed-quotas.ts';
export { RequestLimits, type RequestRates } from './request-rates.ts';

export { loadDriver } from './load-driver.ts';
export { reconnectDelayMs } from './reconnect-delay.ts';
export { type ServerAddress, serverAddress } from './server-address.ts';
export { checkServerOptions, type ServerOptions, type SettledServerOptions } from './server-options.ts';
export { serverPolicies } from './server-policies.ts';

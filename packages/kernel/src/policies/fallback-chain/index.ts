export type { ChainSource, FallbackChainOptions } from './chain-options.ts';
export { type FallbackChain, fallbackChain } from './fallback-chain.ts';
export { fallbackChainFaults } from './fallback-chain-faults.ts';
export { chainStepped } from './fallback-chain-signals.ts';

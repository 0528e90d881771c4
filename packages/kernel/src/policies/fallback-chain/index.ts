export type { ChainSource, FallbackChainOptions } from './chain-options.ts';
export { type FallbackChain, fallbackChain } from './fallback-chain.ts';
export { chainStepped } from './fallback-chain-signals.ts';

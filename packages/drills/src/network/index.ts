export {
  type AddOptions,
  type ProxyInjection,
  type ProxyStats,
  TcpProxy,
  type TcpProxyOptions,
} from './tcp-proxy.ts';
export type {
  CloseFate,
  Direction,
  Fate,
  FlowToxic,
  PortToxic,
  Stage,
  Toxic,
  WhichConnections,
} from './toxic.ts';
export * from './toxics/index.ts';
export type { Upstream } from './upstream.ts';

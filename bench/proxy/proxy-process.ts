import { TcpProxy } from '@sustain/drills/network';

// A proxy without toxics, alone in its process: node proxy-process.ts UPSTREAM-PORT. It says where it listens.

const proxy = await TcpProxy.start({ upstream: { port: Number(process.argv[2]) } });
process.send?.(proxy.port);

import type { BenchCase } from '../bench-case.ts';
import { bundleFourPolicies, bundleKernel } from '../policies/bundle.ts';
import { failingCall } from '../policies/failing-call.ts';
import { fivePolicies, fivePoliciesPolluted } from '../policies/five-policies.ts';
import { handleError } from '../policies/handle-error.ts';
import { idleBreakerBytes } from '../policies/idle-breaker.ts';
import { lockUncontended } from '../policies/lock.ts';
import { openReject, openRejectFallback } from '../policies/open-reject.ts';

const cost = { unit: 'ns/call', better: 'lower' } as const;
const size = { unit: 'B min+gzip', better: 'lower' } as const;

export const cases: readonly BenchCase[] = [
  { name: 'five-policies', ...cost, run: () => fivePolicies('cooperative') },
  { name: 'five-policies-abandon', ...cost, run: () => fivePolicies('abandon') },
  { name: 'five-policies-polluted', ...cost, run: fivePoliciesPolluted },
  { name: 'open-reject', ...cost, run: openReject },
  { name: 'open-reject-fallback', ...cost, run: openRejectFallback },
  { name: 'failing-call-50k-window', ...cost, run: failingCall },
  { name: 'idle-breaker-bytes', unit: 'B/breaker', better: 'lower', run: idleBreakerBytes },
  { name: 'handle-error', unit: 'µs p99', better: 'lower', run: handleError },
  { name: 'lock-uncontended', ...cost, run: lockUncontended },
  { name: 'bundle-four-policies', ...size, run: bundleFourPolicies },
  { name: 'bundle-kernel', ...size, run: bundleKernel },
];

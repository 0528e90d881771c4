import {
  breakerChanged,
  chainStepped,
  childExited,
  childStarted,
  degraded,
  type Fault,
  fallbackUsed,
  faultCleared,
  faultRaised,
  faultStorm,
  featureChanged,
  hedgeStarted,
  hedgeWon,
  machineChanged,
  machineFailed,
  policyRefused,
  qualityChanged,
  recoveryFinished,
  retryExhausted,
  retryScheduled,
  revalidationFailed,
  severityName,
  staleServed,
  transactionFinished,
} from '@sustain/kernel';
import { type DescribeSignal, debug, failing, info, line, ms, saying } from './signal-line.ts';

/** What is said of the kernel's signals, by type. */
export const kernelSignalLines: Readonly<Record<string, DescribeSignal>> = {
  ...line(faultRaised, ({ data: { fault, context } }) => ({
    level: severityName(fault.severity),
    fault,
    context,
  })),
  ...line(faultStorm, ({ data: { fault } }) => ({
    level: 'ERROR',
    message: `${fault.code} comes so often that no more is said of it for a while: ${fault.message}`,
    fault,
  })),
  ...line(faultCleared, ({ data: { fault } }) => info(`${fault.code} is over`)),
  ...line(recoveryFinished, ({ data }) => {
    const { fault, strategy, success, fallbackUsed: lesser, message, durationMs } = data;
    const became = success ? (lesser ? 'recovered, with less' : 'recovered') : 'not recovered';
    return {
      level: success ? 'INFO' : 'ERROR',
      message: `${fault.code}: ${became} after ${ms(durationMs)} by ${strategy}: ${message}`,
      context: { code: fault.code, strategy, success, fallbackUsed: lesser, durationMs },
    };
  }),
  ...line(degraded, ({ data: { fault, step } }) => ({
    level: 'WARNING',
    message: `${step} failed, a lesser way is next: ${fault.message}`,
    fault,
  })),
  ...line(retryScheduled, ({ data: { attempts, delayMs, error } }) => ({
    level: 'WARNING',
    message: `attempt ${attempts} failed, the next follows in ${ms(delayMs)}: ${failing(error)}`,
    context: { attempts, delayMs },
  })),
  ...line(retryExhausted, ({ data: { attempts, reason, error } }) => ({
    level: 'ERROR',
    message: `gave up after ${attempts} attempts (${reason}): ${failing(error)}`,
    error,
    context: { attempts, reason },
  })),
  ...line(breakerChanged, ({ data }) => ({
    level: /^(closed|half-open|recovering)$/.test(data.to) ? 'INFO' : 'WARNING',
    message: `the breaker went from ${data.from} to ${data.to}: ${data.reason}`,
    context: { ...data },
  })),
  ...line(policyRefused, ({ data: { policy, ...context } }) => ({
    level: 'WARNING',
    message: `${policy} refused a call`,
    context: { policy, ...context },
  })),
  ...line(fallbackUsed, ({ data: { error } }) => ({
    level: 'WARNING',
    message: `a fallback was used instead: ${failing(error)}`,
  })),
  ...line(chainStepped, ({ data: { from, to, reason, error } }) => ({
    level: reason === 'stable' ? 'INFO' : to === null ? 'ERROR' : 'WARNING',
    message:
      reason === 'stable'
        ? `back from ${from} to ${to}, which is stable again`
        : `${from} failed, ${to === null ? 'and no source is left' : `${to} is next`}: ${failing(error)}`,
    context: { from, to, reason },
  })),
  ...line(hedgeStarted, ({ data }) => debug(`it takes long: call ${data.hedge + 1} of it begins`)),
  ...line(hedgeWon, ({ data }) => debug(`call ${data.hedge + 1} of it was the first to answer`)),
  ...line(staleServed, ({ data: { key, ageMs } }) => ({
    level: 'INFO',
    message: `an answer of ${ms(ageMs)} ago was served`,
    context: { key, ageMs },
  })),
  ...line(revalidationFailed, ({ data: { key, error } }) => ({
    level: 'WARNING',
    message: `no fresh answer could be had: ${failing(error)}`,
    context: { key },
  })),
  ...line(featureChanged, ({ data: { feature, enabled, reason, because } }) => ({
    level: enabled ? 'INFO' : 'WARNING',
    message: `the feature ${feature} is ${enabled ? 'back' : 'off'}: ${reason}`,
    context: { feature, enabled, because },
  })),
  ...line(qualityChanged, ({ data: { from, to, input, value } }) => ({
    level: 'WARNING',
    message: `quality went from ${from} to ${to}${input === undefined ? '' : ` because of ${input}`}`,
    context: { from, to, input, value },
  })),
  ...line(childExited, ({ data }) => {
    const { child, action, why, delayMs, restarts, abandoned } = data;
    const fault: Fault | undefined = abandoned ?? (why === 'stopping' ? undefined : data.fault);
    const next = action === 'restart' ? `restart in ${ms(delayMs)}` : action;
    if (fault === undefined) return debug(`${child} ended (${data.reason}); ${next}`);
    return {
      level: action === 'give-up' ? 'CRITICAL' : 'ERROR',
      message: `${child} ended: ${fault.message}; ${next}`,
      fault,
      context: { child, action, why, restarts },
    };
  }),
  ...line(childStarted, ({ data: { child, downMs, restarts } }) =>
    downMs === undefined
      ? debug(`${child} is up`)
      : {
          level: 'INFO',
          message: `${child} is up again after ${ms(downMs)}`,
          context: { child, downMs, restarts },
        },
  ),
  ...line(machineChanged, ({ data: { event, from, to } }) => debug(`from ${from} to ${to}: ${event}`)),
  ...line(machineFailed, ({ data: { event, error } }) => ({
    level: 'ERROR',
    message: `a listener of the state machine threw at ${event}: ${saying(error)}`,
    error,
  })),
  ...line(transactionFinished, ({ data: { transaction, result } }) => {
    if (result.state === 'done') return debug(`${transaction} is done`);
    const { step, reason, cause, safe } = result;
    return {
      level: !safe ? 'ERROR' : reason === 'aborted' ? 'INFO' : 'WARNING',
      message: `${transaction} was undone at ${step} (${reason})${safe ? '' : ', and not all of it'}: ${failing(cause)}`,
      context: { transaction, step, reason, safe },
    };
  }),
};

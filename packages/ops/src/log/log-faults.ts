import { defineFaults, type Fault, fault, headOf, severity } from '@sustain/kernel';

/** How logging fails. It never does so to who logs. */
export const logFaults = defineFaults('ops', {
  /** No room for a file of the log. Entries go to the console until there is. */
  LOG_DISK_FULL: fault<{ path: string; problem: string }>({
    category: 'resource',
    severity: severity.ERROR,
    recovery: 'log_to_console',
    retryable: true,
    message: ({ path, problem }) =>
      `there is no room for the log ${path} (${problem}): entries go to the console until there is; free space, or lower maxSizeBytes, backupCount or retentionDays`,
    userMessage: 'The disk is full: what happens is no longer written down.',
  }),
  /** A file of the log cannot be written for another reason. Entries go to the console until it can. */
  LOG_FOLDER_UNUSABLE: fault<{ path: string; problem: string }>({
    category: 'configuration',
    severity: severity.ERROR,
    recovery: 'log_to_console',
    retryable: true,
    message: ({ path, problem }) =>
      `the log ${path} cannot be written (${problem}): entries go to the console until it can; make its folder writable, or name another path`,
    userMessage: 'The log cannot be written.',
  }),
});

/** Which of them it is that the system has said of a file. */
export function diskFault(path: string, error: unknown): Fault {
  const { code, message } = headOf(error);
  const kind = NO_ROOM.test(code ?? '') ? logFaults.LOG_DISK_FULL : logFaults.LOG_FOLDER_UNUSABLE;
  return kind({ path, problem: message }, { cause: error });
}

const NO_ROOM = /^(ENOSPC|EDQUOT|EFBIG)$/;

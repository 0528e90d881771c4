import type { ChildProcess } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { killGroup } from './process-group.ts';

test('a group that may not be killed throws nothing at whoever hears of the exit of its leader', () => {
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
  });
  const child = { pid: 4321, kill: process.kill } as unknown as ChildProcess;
  expect(() => killGroup(child, 'SIGKILL')).not.toThrow();
  expect(kill).toHaveBeenCalledOnce();
});

import { createOperation, type Fault, runInOperation, seededRandom } from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import { describe, expect, it } from 'vitest';
import { storeFaults } from '../contract.ts';
import { serverError } from './server-error.ts';
import { complaintAbout, type ServerFacts } from './server-facts.ts';
import { statementFault, unavailable } from './server-faults.ts';

const good: ServerFacts = {
  version: 150_018,
  encoding: 'UTF8',
  isStandby: false,
  fsync: 'on',
  fullPageWrites: 'on',
  processId: 7,
  introducedProcessId: 7,
};

describe('a server', () => {
  it.each([
    [
      'is old',
      { version: 120_022 },
      'SERVER_TOO_OLD',
      'PostgreSQL 13 or newer, and the server is PostgreSQL 12',
    ],
    ['is a standby', { isStandby: true }, 'STORE_UNAVAILABLE', 'give the address of the primary'],
    ['has another encoding', { encoding: 'SQL_ASCII' }, 'SERVER_UNSUITABLE', "ENCODING 'UTF8'"],
    [
      'is behind a pooler',
      { introducedProcessId: 8 },
      'SERVER_UNSUITABLE',
      'the address of the server itself',
    ],
    ['does not flush', { fsync: 'off' }, 'DURABILITY_NOT_GIVEN', 'set fsync = on'],
    ['may tear pages', { fullPageWrites: 'off' }, 'DURABILITY_NOT_GIVEN', 'full_page_writes = off'],
  ])('that %s is refused with the cure', (_what, facts, code, cure) => {
    const complaint = complaintAbout('s', 'power-loss', { ...good, ...facts });
    expect(complaint).toMatchObject({ code, message: expect.stringContaining(cure) });
  });

  it('that is what was asked for is not complained about', () => {
    expect(complaintAbout('s', 'power-loss', good)).toBeUndefined();
    expect(complaintAbout('s', 'process-death', { ...good, fsync: 'off' })).toBeUndefined();
    expect(complaintAbout('s', 'volatile', { ...good, fullPageWrites: 'off' })).toBeUndefined();
    expect(complaintAbout('s', 'power-loss', { ...good, version: 130_000 })).toBeUndefined();
  });
});

describe('a write that ends in', () => {
  const answered = (code: string, severity = 'ERROR') =>
    Object.assign(new Error('words'), { code, severity });

  it.each([
    ['a deadlock', answered('40P01')],
    ['its time limit', answered('57014')],
    ['a limit, said in German', answered('53200', 'ERROR')],
    ['a conflict, said in German', answered('40001', 'FEHLER')],
    ['a read-only server', answered('25006')],
  ])('%s has not happened', (_what, error) => {
    const fault = statementFault('s', error, 'key');
    expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it.each([
    ['a lost connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['silence', new Error('Query read timeout')],
    ['the shutdown of the server, which may come after the commit', answered('57P01', 'FATAL')],
    ['a panic for a full disk, which may come after the commit', answered('53100', 'PANIC')],
    ['a panic for a full disk, said in German', answered('53100', 'PANIK')],
    ['an error of which only the server knows what it means', answered('XX000', 'FEHLER')],
  ])('%s may have happened', (_what, error) => {
    expect(statementFault('s', error, 'key')).toSatisfy(storeFaults.OUTCOME_UNKNOWN.matches);
    expect(statementFault('s', error, undefined)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(serverError(error).endsConnection).toBe(true);
  });

  it('who is told that it is unsuitable is told so in an operation of their own, whoever has found out', () => {
    const found = complaintAbout('s', 'power-loss', { ...good, encoding: 'SQL_ASCII' }) as Fault;
    const operation = createOperation('ask', seededRandom(1));
    const stopCarrying = useAsyncOperations();
    const told = runInOperation(operation, () => [
      unavailable('s', found),
      statementFault('s', found, 'key'),
    ]);
    stopCarrying();
    const sameAnew = { code: found.code, message: found.message, operationId: operation.id };
    expect(told).toMatchObject([sameAnew, sameAnew]);
    expect(found.operationId).toBeUndefined();
  });

  it('an error that names the user does not hand it on', () => {
    const error = Object.assign(new Error('no entry for user "geheim"'), {
      code: '28000',
      severity: 'FATAL',
    });
    expect(JSON.stringify(serverError(error))).not.toContain('geheim');
  });
});

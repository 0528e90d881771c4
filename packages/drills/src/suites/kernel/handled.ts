import { type ErrorContext, ErrorHandler, escalate, type Fault, type Signals } from '@sustain/kernel';

/** Does work; what fails is given to the handler, and done once more where that has helped. Rejects with the fault. */
export async function handled<T>(handler: ErrorHandler, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { recovered, fault } = await handler.handleError(error);
    if (!recovered) throw fault;
  }
  return work();
}

/** A handler whose faults are escalated to somebody, who may mend what they are about, and then says so. */
export function escalatingTo(
  target: string,
  signals: Signals,
  take: (fault: Fault, context: ErrorContext) => unknown,
): ErrorHandler {
  return new ErrorHandler({ component: 'drill', strategies: [escalate({ target, take })], signals });
}

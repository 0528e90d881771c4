import { createOperation } from '@sustain/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { answerSocket } from './answer-socket.ts';
import { serverFaults } from './faults.ts';
import { problemHeaders, problemOf } from './problem.ts';
import { Refusal, refusalOf } from './refusal.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers what Fastify refuses before a route is found: malformed URLs and malformed HTTP. */
export const problemOptions: Pick<FastifyServerOptions, 'frameworkErrors' | 'clientErrorHandler'> = {
  frameworkErrors: (error, request, reply) => {
    sendProblem(reply.headers(securityHeaders), refusalOf(error), request.id);
  },
  clientErrorHandler: (error, socket) => {
    const fault = serverFaults.REQUEST_INVALID({ reason: error.message }, { cause: error });
    answerSocket(
      socket,
      new Refusal(fault, STATUSES.get(error.code) ?? 400),
      createOperation('malformed request'),
    );
  },
};

/** What Node's parser refuses with another status than 400. */
const STATUSES: ReadonlyMap<string | undefined, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/** Answers every error of an app, "no such route" among them, as problem+json; `onRefusal` is told first. */
export function answerProblems(
  app: FastifyInstance,
  onRefusal: (refusal: Refusal, request: FastifyRequest) => void,
): void {
  const answer = (refusal: Refusal, request: FastifyRequest, reply: FastifyReply): void => {
    onRefusal(refusal, request);
    sendProblem(reply, refusal, request.id);
  };
  app.setNotFoundHandler((request, reply) => {
    const what = `route ${request.method} ${request.url.split('?', 1)[0]}`;
    answer(new Refusal(serverFaults.NOT_FOUND({ what }), 404), request, reply);
  });
  app.setErrorHandler((error, request, reply) => {
    answer(tooLarge(error, request) ?? refusalOf(error), request, reply);
  });
}

function tooLarge(error: unknown, request: FastifyRequest): Refusal | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE'))
    return undefined;
  const limitBytes = request.routeOptions.bodyLimit;
  return new Refusal(serverFaults.BODY_TOO_LARGE({ limitBytes }, { cause: error }), 413);
}

function sendProblem(reply: FastifyReply, refusal: Refusal, operationId: string): void {
  reply
    .code(refusal.status)
    .headers(problemHeaders(refusal))
    .send(JSON.stringify(problemOf(refusal, operationId)));
}

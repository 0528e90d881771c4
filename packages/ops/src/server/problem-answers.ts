import { createOperation } from '@sustain/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { answerSocket } from './answer-socket.ts';
import { authFaults, signInPage, signInPagePolicy } from './auth/index.ts';
import { serverFaults } from './faults.ts';
import { problemHeaders, problemOf } from './problem.ts';
import { Refusal, refusalOf } from './refusal.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers what Fastify refuses before a route is found: malformed URLs and malformed HTTP. */
export const problemOptions: Pick<FastifyServerOptions, 'frameworkErrors' | 'clientErrorHandler'> = {
  frameworkErrors: (_error, request, reply) => {
    // Fastify's own message has the whole address, and so what was in its query.
    const fault = serverFaults.REQUEST_INVALID({ reason: 'its address is malformed' });
    sendProblem(reply.headers(securityHeaders), new Refusal(fault, 400), request.id);
  },
  clientErrorHandler: (error, socket) => {
    // As Node does: nothing may be written into an answer that has begun, such as an event stream.
    const { _httpMessage: answer } = socket as {
      readonly _httpMessage?: { readonly headersSent: boolean } | null;
    };
    if (answer?.headersSent) {
      socket.destroy();
      return;
    }
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

/**
 * Answers every error of an app, "no such route" among them, as problem+json; a browser that opens a page and has to sign
 * in first gets the page for that. `onRefusal` is told first.
 */
export function answerProblems(
  app: FastifyInstance,
  onRefusal: (refusal: Refusal, request: FastifyRequest) => void,
): void {
  const answer = (refusal: Refusal, request: FastifyRequest, reply: FastifyReply): void => {
    onRefusal(refusal, request);
    if (authFaults.UNAUTHENTICATED.matches(refusal.fault) && isPageRequest(request)) {
      sendSignInPage(refusal, request, reply);
    } else {
      sendProblem(reply, refusal, request.id);
    }
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

/** Browsers accept HTML when they open a page or send a form, and no program does unless it is told to. */
function isPageRequest(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}

function sendSignInPage({ fault, status }: Refusal, request: FastifyRequest, reply: FastifyReply): void {
  const sent = request.body as { readonly next?: unknown } | null | undefined;
  const next = request.method === 'GET' ? request.url : String(sent?.next ?? '/');
  reply
    .code(status)
    .headers({ 'content-security-policy': signInPagePolicy, 'www-authenticate': 'Bearer realm="sustain"' })
    .type('text/html; charset=utf-8')
    .send(signInPage(next, fault.userMessage ?? ''));
}

function sendProblem(reply: FastifyReply, refusal: Refusal, operationId: string): void {
  reply
    .code(refusal.status)
    .headers(problemHeaders(refusal))
    .send(JSON.stringify(problemOf(refusal, operationId)));
}

// An edge in front of the service, as docs/integrations.md has it: one host for both, and GET /auth/verify decides who gets
// to the application.
import http from 'node:http';
import { startService } from './service.js';

const SERVICE = /^\/(?:auth|assets|admin|docs|dev)\/|^\/(?:sign-in|sign-up|account|verify-email|reset-password|health)(?:\?|$)/;

/**
 * Starts a service and an edge before it. `rules`: beginning of a path to what is asked there ("aal=2&max_age=300"), or
 * to null for a path that sends everybody to sign in, whatever they have proved. `origin` is the edge's; `asked(path)`
 * says how often browsers have asked for that path.
 */
export async function startBehindEdge(rules, settings = {}) {
  const asked = new Map();
  const edge = http.createServer();
  await new Promise((resolve) => edge.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${edge.address().port}`;
  const service = await startService({ PUBLIC_URL: origin, TRUSTED_PROXIES: '127.0.0.1', ...settings });
  const { port } = new URL(service.origin);

  function ask(request, method, path, headers, answered) {
    const onward = http.request({ host: '127.0.0.1', port, method, path, headers: { ...request.headers, 'x-forwarded-for': '127.0.0.1', ...headers } }, answered);
    onward.on('error', () => request.destroy());
    return onward;
  }

  /** Sends the application's page where the service lets the request pass, else what the service answers. */
  function guard(request, response, requirement) {
    const told = { 'x-forwarded-proto': 'http', 'x-forwarded-host': request.headers.host, 'x-forwarded-uri': request.url, 'x-forwarded-method': request.method };
    ask(request, 'GET', `/auth/verify?sign_in=redirect&${requirement}`, told, (answer) => {
      if (answer.statusCode === 200) {
        answer.resume();
        response.setHeader('Content-Type', 'text/html; charset=utf-8');
        response.end('<!doctype html><title>Application</title><link rel="icon" href="data:,"><h1>Application</h1>');
        return;
      }
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    }).end();
  }

  edge.on('request', (request, response) => {
    if (SERVICE.test(request.url)) {
      request.pipe(ask(request, request.method, request.url, {}, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      }));
      return;
    }
    asked.set(request.url, (asked.get(request.url) ?? 0) + 1);
    const [, requirement] = Object.entries(rules).find(([path]) => request.url.startsWith(path));
    if (requirement !== null) { guard(request, response, requirement); return; }
    response.writeHead(302, { Location: `/sign-in?${new URLSearchParams({ return_to: origin + request.url })}` });
    response.end();
  });

  return {
    origin,
    asked: (path) => asked.get(path) ?? 0,
    async stop() {
      edge.closeAllConnections();
      await new Promise((resolve) => { edge.close(resolve); });
      await service.stop();
    },
  };
}

// The real binary in a temporary folder, on a free port.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const START_MS = 60_000; // sanitizers start slowly
const STOP_MS = 60_000;
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS'];

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const LIMITS = ['REQUESTS', 'REGISTER', 'LOGIN', 'VERIFY', 'RESET', 'PASSWORD_CHECK']; // all pages come from one address

function environment(port, settings) {
  const own = Object.fromEntries(PASSED_ON.filter((name) => name in process.env).map((name) => [name, process.env[name]]));
  return {
    ...own,
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    DATABASE_URL: 'sqlite:./data/secureauth.db',
    ARGON2_TIME_COST: '1',
    ARGON2_MEMORY_COST: '8192',
    LOG_FORMAT: 'json',
    ...Object.fromEntries(LIMITS.map((name) => [`RATE_LIMIT_${name}`, 'off'])),
    LOCKOUT_ADDRESS_THRESHOLD: '0', // all browsers here have one address
    ...settings,
  };
}

async function answers(origin) {
  try {
    return (await fetch(`${origin}/health`)).ok;
  } catch {
    return false;
  }
}

/** Starts a service; `origin` is where browsers find it. stop() fails when it did not end well. */
export async function startService(settings = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'secureauth-browser-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const logPath = path.join(folder, 'log');
  const log = await open(logPath, 'a');
  const child = spawn(process.env.SECUREAUTH_BIN, ['serve'], {
    cwd: folder,
    env: environment(port, settings),
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  await log.close();

  const deadline = Date.now() + START_MS;
  while (!(await answers(origin))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the service did not start:\n${await readFile(logPath, 'utf8')}`);
    }
    await sleep(20);
  }

  return {
    origin,
    /** Runs a command of the service beside it, such as `command('user', 'set-role', email, 'admin')`. */
    async command(...words) {
      await run(process.env.SECUREAUTH_BIN, words, { cwd: folder, env: environment(port, settings) });
    },
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const status = await ended;
      clearTimeout(late);
      const text = await readFile(logPath, 'utf8');
      await rm(folder, { recursive: true });
      if (status !== 0) throw new Error(`SIGTERM ended the service with ${status}:\n${text.slice(-3000)}`);
    },
  };
}

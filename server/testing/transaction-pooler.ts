// A pooler of transactions as PgBouncer is one: clients take turns on a single session of the server, which each has until
// its transaction ends. What a client is told about its server process when it connects is made up, as there.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

interface Turn {
  readonly client: Socket;
  /** Sent by the client and not yet by us. */
  waiting: Buffer;
  started: boolean;
}

const sslRequest = 80877103;
const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int32 = (...values: readonly number[]): Buffer => {
  const body = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) body.writeInt32BE(value, index * 4);
  return body;
};
const ready = message('Z', Buffer.from('I'));

/** Takes whole messages off the front of `bytes`; gives back the rest. */
function takeMessages(bytes: Buffer, see: (message: Buffer, type: string) => void): Buffer {
  let rest = bytes;
  while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
    const end = rest.readInt32BE(1) + 1;
    see(rest.subarray(0, end), rest.toString('latin1', 0, 1));
    rest = rest.subarray(end);
  }
  return rest;
}

/** Stands before the server of `target`, whose login needs no password. Stop it afterwards. */
export async function startTransactionPooler(target: string): Promise<{ url: string; stop: () => void }> {
  const { hostname, port, username, pathname } = new URL(target);
  const parameters = Buffer.from(`user\0${username}\0database\0${pathname.slice(1)}\0\0`);
  const upstream = connect(Number(port), hostname);
  await once(upstream, 'connect');
  upstream.write(Buffer.concat([int32(parameters.length + 8, 196608), parameters]));

  const greeting: Buffer[] = [];
  const queue: Turn[] = [];
  let owner: Turn | null = null;
  let outstanding = 0;
  let received: Buffer = Buffer.alloc(0);
  let greeted: (() => void) | null = null;
  const opened = new Promise<void>((resolve) => {
    greeted = resolve;
  });

  const forward = (turn: Turn): void => {
    turn.waiting = takeMessages(turn.waiting, (each, type) => {
      if (type === 'X') return void turn.client.end();
      if (type === 'Q' || type === 'S') outstanding += 1;
      upstream.write(each);
    });
  };
  const next = (): void => {
    owner = queue.shift() ?? null;
    if (owner !== null) forward(owner);
    if (owner !== null && outstanding === 0) next(); // It only said goodbye.
  };
  upstream.on('error', () => {});
  upstream.on('data', (part: Buffer) => {
    received = takeMessages(Buffer.concat([received, part]), (each, type) => {
      if (greeted !== null) {
        if (type === 'S') greeting.push(Buffer.from(each));
        if (type !== 'Z') return;
        greeted();
        greeted = null;
        return;
      }
      owner?.client.write(each);
      if (type !== 'Z') return;
      outstanding -= 1;
      if (outstanding === 0 && each.toString('latin1', 5) === 'I') next();
    });
  });
  await opened;

  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    const turn: Turn = { client, waiting: Buffer.alloc(0), started: false };
    client.on('error', () => {}).on('close', () => sockets.delete(client));
    client.on('data', (part: Buffer) => {
      turn.waiting = Buffer.concat([turn.waiting, part]);
      if (!turn.started) {
        if (turn.waiting.length < 8 || turn.waiting.length < turn.waiting.readInt32BE(0)) return;
        const isSsl = turn.waiting.readInt32BE(4) === sslRequest;
        turn.waiting = turn.waiting.subarray(turn.waiting.readInt32BE(0));
        if (isSsl) return void client.write('N');
        turn.started = true;
        client.write(Buffer.concat([message('R', int32(0)), ...greeting, message('K', int32(7, 7)), ready]));
        return;
      }
      if (owner === turn) forward(turn);
      else if (!queue.includes(turn)) queue.push(turn);
      if (owner === null) next();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the pooler has no port');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      upstream.destroy();
      server.close();
    },
  };
}

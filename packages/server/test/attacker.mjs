/**
 * One attack on a server, as a process of its own: node attacker.mjs <kind> <port> <token>. Says in
 * its last line what became of it. Used by hostile.test.ts and by the benchmark of the viewer, where
 * `seconds` makes it go on for a while.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const [kind, portText, token, secondsText = "0"] = process.argv.slice(2);
const port = Number(portText);
const seconds = Number(secondsText);

/** A connection of bytes; errors are what an attacker expects. */
function open() {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  return socket;
}

const closed = (socket) =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once("close", resolve);
  });

/** A WebSocket by hand, past its handshake. */
async function upgrade() {
  const socket = open();
  const key = randomBytes(16).toString("base64");
  const host = `127.0.0.1:${port}`;
  socket.write(
    `GET /live?token=${token} HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  await new Promise((resolve) => {
    socket.once("data", resolve);
    socket.once("close", resolve);
  });
  return socket;
}

/** The code in the close frame that a server sends, 0 if none came. */
function closeCode(socket) {
  let bytes = Buffer.alloc(0);
  socket.on("data", (part) => {
    bytes = Buffer.concat([bytes, part]);
  });
  return closed(socket).then(() => {
    const at = bytes.lastIndexOf(0x88);
    return at >= 0 && at + 3 < bytes.length ? bytes.readUInt16BE(at + 2) : 0;
  });
}

/** The head of a masked frame of a length. */
function frameHead(opcode, length) {
  const head = Buffer.alloc(14);
  head[0] = opcode;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** Writes until the other end has had enough. */
async function pour(socket, chunk, total) {
  for (let sent = 0; sent < total && socket.writable; sent += chunk.length) {
    if (!socket.write(chunk)) {
      await Promise.race([
        new Promise((resolve) => socket.once("drain", resolve)),
        closed(socket),
        sleep(2000),
      ]);
    }
  }
}

const attacks = {
  /** One message that says it has 1 GiB, and begins to send it. */
  async giant() {
    const socket = await upgrade();
    const code = closeCode(socket);
    socket.write(frameHead(0x81, 2 ** 30));
    await pour(socket, Buffer.alloc(1 << 20), 2 ** 30);
    return `closed ${await code}`;
  },

  /** One message in a million fragments of a byte. */
  async fragments() {
    const socket = await upgrade();
    const code = closeCode(socket);
    const one = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x78]);
    socket.write(Buffer.from([0x01, 0x81, 0, 0, 0, 0, 0x78]));
    await pour(socket, Buffer.concat(Array.from({ length: 10_000 }, () => one)), 7e6);
    return `closed ${await code}`;
  },

  /** Viewers that ask for all boards and never read. */
  async deaf() {
    const ask = Buffer.from(JSON.stringify({ type: "want", boards: 64 }));
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | ask.length, 0, 0, 0, 0]), ask]);
    const sockets = await Promise.all(Array.from({ length: 40 }, upgrade));
    for (const socket of sockets) {
      socket.pause();
      socket.write(frame);
    }
    await sleep(1000 * (seconds || 4));
    for (const socket of sockets) socket.destroy();
    return `deaf ${sockets.length}`;
  },

  /** Heads that grow by a letter now and then. */
  async slowloris() {
    const sockets = Array.from({ length: 200 }, open);
    for (const socket of sockets) socket.write("GET /api/run HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ");
    const timer = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write("a");
    }, 500);
    await Promise.race([Promise.all(sockets.map(closed)), sleep(60_000)]);
    clearInterval(timer);
    const gone = sockets.filter((socket) => socket.destroyed).length;
    for (const socket of sockets) socket.destroy();
    return `cut off ${gone} of ${sockets.length}`;
  },

  /** Ten thousand connections, five hundred at a time, that ask for nothing. */
  async crowd() {
    let refused = 0;
    let before = [];
    const leave = () => {
      refused += before.filter((socket) => socket.destroyed).length;
      for (const socket of before) socket.destroy();
    };
    const until = performance.now() + 1000 * seconds;
    do {
      for (let wave = 0; wave < 40; wave++) {
        const sockets = Array.from({ length: 250 }, open);
        await sleep(50);
        leave();
        before = sockets;
      }
    } while (performance.now() < until);
    leave();
    // However late the server looks at these, it refuses those that are too many.
    const last = Array.from({ length: 600 }, open);
    const gone = () => last.filter((socket) => socket.destroyed).length;
    for (let i = 0; i < 200 && gone() < 300; i++) await sleep(100);
    refused += gone();
    for (const socket of last) socket.destroy();
    return `crowd 10000, refused ${refused}`;
  },

  /** Too many headers, and one that is too long. */
  async headers() {
    const many = Array.from({ length: 2000 }, (_, i) => `X-${i}: ${"a".repeat(20)}\r\n`).join("");
    const long = `X-Long: ${"a".repeat(4 << 20)}\r\n`;
    let refused = 0;
    for (const more of [many, long]) {
      const socket = open();
      let text = "";
      socket.on("data", (part) => {
        text += part.toString("latin1");
      });
      socket.write(
        `GET /api/run?token=${token} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${more}\r\n`,
      );
      await closed(socket);
      if (!text.includes(" 200 ")) refused++;
    }
    return `refused ${refused} of 2`;
  },
};

const act = attacks[kind];
if (act === undefined) throw new Error(`attacker: no attack "${kind}"`);
const until = performance.now() + 1000 * seconds;
let report = "";
do report = await act();
while (performance.now() < until);
console.log(report);
process.exit(0);

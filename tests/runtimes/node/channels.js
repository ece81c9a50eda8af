// SPDX-License-Identifier: MIT
// Children that are node themselves: messages, and sockets sent with them.
"use strict";

const cluster = require("cluster");
const { fork, spawn } = require("child_process");
const dgram = require("dgram");
const http = require("http");
const net = require("net");
const path = require("path");

const { ended, fresh, write } = require("./support.js");

function script(body) {
  return write(path.join(fresh("child"), "child.js"), `"use strict";\n${body}`);
}

// A child by this script, what it says, and how it ended.
async function talk(body, act = () => {}, options = {}) {
  const child = fork(script(body), [], options);
  const said = [];
  child.on("message", (message) => said.push(message));
  act(child);
  const { events, out } = await ended(child);
  return { events, said, out };
}

const ECHO = `process.on("message", (message) => {
  process.send(message, () => process.disconnect());
});`;

const ANSWER = `process.on("message", (message, handle) => {
  if (message === "socket")
    return handle.end("from the child", () => process.disconnect());
  handle.on("connection", (socket) => {
    socket.end("from the child");
    handle.close(() => process.disconnect());
  });
  process.send("ready");
});`;

function connect(port) {
  return new Promise((resolve) => {
    let text = "";
    const client = net.connect(port, "127.0.0.1");
    client.on("data", (data) => (text += data));
    client.on("close", () => resolve(text));
  });
}

const listening = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const cases = {
  "a message there and back": () =>
    talk(ECHO, (child) => child.send({ text: "ä", list: [1, null] })),
  "a large message": async () => {
    const { said } = await talk(ECHO, (child) =>
      child.send("x".repeat(1 << 20)),
    );
    return said.map((text) => text.length);
  },
  "advanced serialization": async () => {
    const { said } = await talk(
      ECHO,
      (child) => child.send(new Map([["key", new Set([1n])]])),
      { serialization: "advanced" },
    );
    return said.map((map) =>
      [...map].map(([key, set]) => [key, [...set].map(String)]),
    );
  },
  "the parent disconnects": () =>
    new Promise((resolve) => {
      const child = fork(
        script(`process.on("disconnect", () => process.exit(5));
          process.on("message", () => {});
          process.send("ready");`),
      );
      child.on("message", () => child.disconnect());
      child.on("exit", (code, signal) => resolve([code, signal]));
    }),
  silent: () => talk("console.log('heard');", () => {}, { silent: true }),
  "arguments for node": () =>
    talk("process.send(process.execArgv); process.disconnect();", () => {}, {
      execArgv: ["--no-warnings"],
    }),
  "a place for the channel": () =>
    talk(
      `const link = require("fs").readlinkSync("/proc/self/fd/4");
      process.send(/^[a-z]+/.exec(link)[0], () => process.disconnect());`,
      () => {},
      { stdio: ["ignore", "ignore", "inherit", "pipe", "ipc"] },
    ),
  "fork, aborted": async () => {
    const control = new AbortController();
    const { events } = await talk(
      "setInterval(() => {}, 1000);",
      (child) => child.on("spawn", () => control.abort()),
      { signal: control.signal },
    );
    return events;
  },
  "fork of a missing node": () =>
    talk("", () => {}, { execPath: "/nowhere/node" }),
  "a child that is no node": async () => {
    const stdio = ["ignore", "pipe", "inherit", "ipc"];
    const child = spawn("sh", ["-c", "echo '\"by hand\"' >&3"], { stdio });
    const said = [];
    child.on("message", (message) => said.push(message));
    return { ...(await ended(child)), said };
  },

  "a server is sent": async () => {
    const server = net.createServer();
    await listening(server);
    const { port } = server.address();
    let answer;
    const seen = await talk(ANSWER, (child) => {
      child.send("server", server, () => server.close());
      child.on("message", () => (answer = connect(port)));
    });
    return { ...seen, answer: await answer };
  },
  "a socket is sent": async () => {
    const server = net.createServer({ pauseOnConnect: true });
    await listening(server);
    const answer = connect(server.address().port);
    const socket = await new Promise((resolve) =>
      server.once("connection", resolve),
    );
    const seen = await talk(ANSWER, (child) => child.send("socket", socket));
    server.close();
    return { ...seen, answer: await answer };
  },
  "a datagram socket is sent": async () => {
    const socket = dgram.createSocket("udp4");
    await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const { said } = await talk(
      `process.on("message", (message, handle) => {
        process.send(handle.address().address);
        handle.close();
        process.disconnect();
      });`,
      (child) => child.send("socket", socket),
    );
    socket.close();
    return said;
  },
  "a cluster of two": async () => {
    cluster.setupPrimary({
      exec: script(`require("http").createServer((_, response) =>
        response.end("from a worker")).listen(0, "127.0.0.1");`),
    });
    const workers = [cluster.fork(), cluster.fork()];
    const addresses = await Promise.all(
      workers.map(
        (worker) => new Promise((resolve) => worker.on("listening", resolve)),
      ),
    );
    const answers = await Promise.all(
      addresses.map(
        ({ port }) =>
          new Promise((resolve) =>
            http.get({ port, host: "127.0.0.1", agent: false }, (response) => {
              let text = "";
              response.on("data", (data) => (text += data));
              response.on("end", () => resolve(text));
            }),
          ),
      ),
    );
    const ends = workers.map(
      (worker) =>
        new Promise((resolve) => worker.on("exit", (code) => resolve(code))),
    );
    cluster.disconnect();
    return { answers, ends: await Promise.all(ends) };
  },
};

module.exports = cases;

// Answers with what it got: with a length, or, on other paths, in chunks, and after an interim answer if so
// asked. Prints its port.
const server = require("http").createServer((request, answer) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces);
    answer.statusCode = 201;
    if (request.url === "/hints") answer.writeEarlyHints({ link: "</style.css>; rel=preload" });
    if (request.url === "/length") answer.setHeader("Content-Length", body.length);
    else answer.write("");
    answer.end(body);
  });
});
server.keepAliveTimeout = Number(process.argv[2]);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

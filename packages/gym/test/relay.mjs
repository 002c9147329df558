/**
 * Stands where `carom serve-env <game>` stands: joins its pipes to the socket of the test that serves
 * the game, `node relay.mjs <folder> serve-env <game>`. So the sources are tested without being built.
 */
import { connect } from "node:net";

const [folder, , game] = process.argv.slice(2);
const socket = connect(`${folder}/${game}.sock`);
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
socket.on("close", () => process.exit(0));

// Files on their way to the server: in pieces, so that the reader sees how far they are and can stop them.

import { page, send, showProblem, tell } from "./page.js";

const TRIES = 3;
const WAIT_MS = 800;

/** The address of something about the import `token`. */
export function findUrl(name, token) {
  return page.urls[name].replace("TOKEN", encodeURIComponent(token));
}

/** What was dropped or picked, without folders, which cannot be read as files; null where there is one. */
export function listFiles(transfer) {
  const items = [...(transfer.items ?? [])];
  const isFolder = items.some((item) => item.webkitGetAsEntry?.()?.isDirectory);
  return isFolder ? null : [...transfer.files];
}

/**
 * Bring `files`; the token of the import, or null where it was refused or stopped by `signal`.
 *
 * `moved` is called with the bytes that are there and all of them.
 */
export async function bringFiles(files, { begun, moved, signal }) {
  const listed = files.map(({ name, size }) => ({ name, size }));
  const answer = await send(page.urls.begin, { files: listed });
  if (!answer) return null;
  begun(answer.token);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const [number, file] of files.entries()) {
    for (let offset = 0; offset < file.size; offset += page.piece_bytes) {
      const piece = file.slice(offset, offset + page.piece_bytes);
      if (!(await sendPiece(piece, { token: answer.token, number, offset, signal }))) return null;
      moved(before + Math.min(offset + page.piece_bytes, file.size), total);
    }
    before += file.size;
  }
  return answer.token;
}

/** Whether the server has taken a piece; where it cannot be reached it is asked a few times. */
async function sendPiece(piece, { token, number, offset, signal }) {
  const headers = { Accept: "application/json", "Content-Type": "application/octet-stream", "X-CSRFToken": page.csrf_token };
  const url = `${findUrl("piece", token)}?file=${number}&offset=${offset}`;
  for (let left = TRIES; left > 0; left -= 1) {
    try {
      const response = await fetch(url, { method: "POST", headers, body: piece, signal });
      if (response.ok) return true;
      showProblem((await response.json()).error);
      return false;
    } catch (problem) {
      if (problem.name === "AbortError") return false;
      // a file that was changed or taken away meanwhile cannot be read any more
      if (problem.name === "NotReadableError" || left === 1) showProblem(tell("import_unread"));
      else await new Promise((wake) => { setTimeout(wake, WAIT_MS); });
    }
  }
  return false;
}

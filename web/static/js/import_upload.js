// Files on their way to the server: in pieces, so that the reader sees how far they are and can stop them.

import { page, send, showProblem, tell } from "./page.js";

const TRIES = 3;
const WAIT_MS = 800;

/** The address of something about the import `token`. */
export function findUrl(name, token) {
  return page.urls[name].replace("TOKEN", encodeURIComponent(token));
}

/** The files that were picked, each with its name: in a folder that was picked, with its folders. */
export function listPicked(files) {
  return [...files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

/** The files that were dropped, and those in folders; null where they cannot be read. */
export async function listDropped(transfer) {
  // what was dropped is known no longer than the event
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const picked = listPicked(transfer.files);
  if (!entries.some(({ isDirectory }) => isDirectory)) return picked;
  try {
    return await collectFiles(entries);
  } catch {
    return null;
  }
}

/** The files of `entries` and of the folders among them: one more than are taken is enough. */
async function collectFiles(entries, found = []) {
  for (const entry of entries) {
    if (found.length > page.most_files) return found;
    if (entry.isDirectory) await collectFiles(await listFolder(entry), found);
    else found.push({ name: entry.fullPath.slice(1), file: await new Promise((done, failed) => { entry.file(done, failed); }) });
  }
  return found;
}

/** What a folder holds, which a browser tells in parts. */
async function listFolder(folder) {
  const reader = folder.createReader();
  const held = [];
  while (held.length <= page.most_files) {
    const part = await new Promise((done, failed) => { reader.readEntries(done, failed); });
    if (!part.length) break;
    held.push(...part);
  }
  return held;
}

/**
 * Bring `files`, as {name, file}; the token of the import, or null where it was refused or stopped by `signal`.
 *
 * `moved` is called with the bytes that are there and all of them.
 */
export async function bringFiles(files, { begun, moved, signal }) {
  const listed = files.map(({ name, file }) => ({ name, size: file.size }));
  const answer = await send(page.urls.begin, { files: listed });
  if (!answer) return null;
  begun(answer.token);
  const total = listed.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const [number, { file }] of files.entries()) {
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

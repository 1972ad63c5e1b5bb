// Reads from the API; a problem document becomes an Error with its words.

export async function get(path) {
  const answer = await fetch(path.startsWith("/") ? path : `/api/v1/${path}`, { headers: { Accept: "application/json" } });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw Object.assign(new Error(body?.detail || body?.title || `HTTP ${answer.status}`), { status: answer.status });
  return body;
}

// Changes as they happen. Says "live" only while the server is heard: a silent connection counts as lost.

const SILENT_MS = 40000;
const KINDS = ["gauge", "camera", "incident", "task"];

export function listen({ onChange, onReload, onState }) {
  let source = null;
  let heardAt = 0;

  const heard = () => {
    heardAt = Date.now();
    onState("live");
  };

  const connect = () => {
    source?.close();
    heardAt = Date.now();
    source = new EventSource("/api/v1/live");
    source.addEventListener("hello", () => { heard(); onReload(); });
    source.addEventListener("reset", () => { heard(); onReload(); });
    source.addEventListener("beat", heard);
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => { heard(); onChange(kind, JSON.parse(event.data)); });
    }
    source.onerror = () => {
      onState("lost");
      // The browser tries again by itself, except after an answer that is no stream.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000 + Math.random() * 2000);
    };
  };

  onState("connecting");
  connect();
  setInterval(() => {
    if (Date.now() - heardAt > SILENT_MS) { onState("lost"); connect(); }
  }, 5000);
}

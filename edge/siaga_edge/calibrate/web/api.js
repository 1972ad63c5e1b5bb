// Talks to the box; every refusal becomes an Error with the box's own words.
export class Refused extends Error {
  constructor(body) {
    super(body.text || body.code);
    this.code = body.code;
    this.complaints = body.complaints || [];
  }
}

async function answer(response) {
  const body = await response.json().catch(() => ({ code: "failed", text: String(response.status) }));
  if (!response.ok) throw new Refused(body);
  return body;
}

export const get = async (path) => answer(await reach(path));

export const post = async (path, body) =>
  answer(await reach(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new Refused({ code: "lost" });
  }
}

export function picture(image, camera, last) {
  // As an image of this very site; why there is none is asked for only then.
  const address = `/still.jpg?camera=${encodeURIComponent(camera)}&at=${Date.now()}${last ? "&last=1" : ""}`;
  return new Promise((resolve, reject) => {
    const next = new Image();
    next.onload = () => { image.src = next.src; resolve(next); };
    next.onerror = async () => {
      try {
        const response = await reach(address);
        if (response.ok) { image.src = address; resolve(next); } else { await answer(response); }
      } catch (error) { reject(error); }
    };
    next.src = address;
  });
}

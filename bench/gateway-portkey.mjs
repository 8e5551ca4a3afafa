// Preloaded into Portkey's gateway: its npm build answers 500 to every stream, because it writes to the headers of a fetched
// response. This hands it streams with headers that it can write to, so that it can be measured at all.
const original = globalThis.fetch;
globalThis.fetch = async (...args) => {
  const response = await original(...args);
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  return new Response(response.body, { status: response.status, headers: new Headers(response.headers) });
};

// Opens the API's description, with the token of whoever is signed in on this page's own origin.
const token = () => JSON.parse(localStorage.getItem('loam.session') ?? 'null')?.access_token;
globalThis.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const bearer = token();
    if (bearer && !request.headers.authorization && !request.headers.Authorization)
      request.headers.authorization = `Bearer ${bearer}`;
    return request;
  },
});

/** What Fastify alone does with the same bytes: nothing is looked up, checked or counted. */
import fastify from 'fastify';

const { BODY = '', ETAG = '', HOST, PORT } = process.env;

const app = fastify();
app.get('/health/ready', () => '');
app.get('/list', (request, reply) => {
  void reply.headers({ etag: ETAG, 'content-type': 'application/json; charset=utf-8' });
  return request.headers['if-none-match'] === ETAG ? reply.code(304).send() : reply.send(BODY);
});
void app.listen({ host: HOST, port: Number(PORT) });

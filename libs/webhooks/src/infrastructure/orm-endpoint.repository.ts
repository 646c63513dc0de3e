import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Endpoint } from '../domain/endpoint';
import { EndpointRepository } from '../domain/endpoint.repository';
import { EndpointNotFound } from '../domain/webhooks.errors';

@Injectable()
export class OrmEndpointRepository extends EndpointRepository {
  add(endpoint: Endpoint): void {
    currentUnit().add(endpoint);
  }

  async lock(id: string): Promise<Endpoint> {
    const endpoint = await currentUnit().lock(Endpoint, id);
    if (!endpoint) throw new EndpointNotFound();
    return endpoint;
  }

  async remove(id: string): Promise<void> {
    const { affected } = await currentUnit().statement('DELETE FROM webhooks.endpoints WHERE id = $1', [id]);
    if (!affected) throw new EndpointNotFound();
  }
}

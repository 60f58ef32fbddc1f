/**
 * Faults of the service that are not answers to a request. Listed in the README.
 * `database-binaries`: no PostgreSQL for this machine. `database-version`: another major version, or a newer schema.
 * `database-start`: it did not come up. `database-role`: the connection is a superuser's. `key-missing`: a root is not
 * in the key store though the database knows the site. `data-folder`: the folder cannot be used. `simulation`: keys of a
 * simulation, and production was asked for.
 */
export type ServiceFault =
  | 'database-binaries'
  | 'database-version'
  | 'database-start'
  | 'database-role'
  | 'key-missing'
  | 'data-folder'
  | 'simulation'

export class ServiceError extends Error {
  override name = 'ServiceError'
  readonly code: ServiceFault
  constructor(code: ServiceFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

"""How fast messages become durable: ingest against COPY, a C subscriber, Node-RED and a plain script."""

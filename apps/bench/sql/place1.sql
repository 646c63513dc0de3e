-- One order of one line, as plain SQL does it: a transaction each.
\set p random(1, :products)
\set c random(1, :customers)
\set k random(1, 9000000000000000)
\set q random(1, 3)
BEGIN;
INSERT INTO platform.idempotency_keys(customer_id, operation, key, fingerprint, expires_at) VALUES (bench_customer(:c), 'orders.place', :k::text, '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', now() + interval '24 hours') ON CONFLICT DO NOTHING;
SELECT sku, name, price FROM catalog.products WHERE id = bench_product(:p) FOR UPDATE \gset
INSERT INTO ordering.orders(id, customer_id, status, total, currency, version, placed_at, updated_at) VALUES (uuidv7(), bench_customer(:c), 'reserved', :price::numeric * :q::int, 'GBP', 1, now(), now()) RETURNING id AS oid \gset
INSERT INTO ordering.order_lines(order_id, line_no, product_id, sku, name, quantity, unit_price, currency) VALUES (:oid::uuid, 1, bench_product(:p), :sku::text, :name::text, :q, :price::numeric, 'GBP');
UPDATE catalog.products SET on_hand = on_hand - :q, version = version + 1, updated_at = now() WHERE id = bench_product(:p);
INSERT INTO platform.outbox(id, type, aggregate_id, payload) VALUES (uuidv7(), 'ordering.order-placed', :oid::uuid, jsonb_build_object('orderId', :oid::uuid, 'customerId', bench_customer(:c), 'status', 'reserved', 'total', :price::numeric * :q::int, 'currency', 'GBP'));
UPDATE platform.idempotency_keys SET response = json_build_object('orderId', :oid::uuid, 'customerId', bench_customer(:c), 'status', 'reserved', 'total', :price::numeric * :q::int, 'currency', 'GBP') WHERE customer_id = bench_customer(:c) AND operation = 'orders.place' AND key = :k::text;
END;

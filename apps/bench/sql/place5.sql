-- One order of five lines, as plain SQL does it: a transaction each, its products locked in the order of their ids.
\set p1 random(1, :products / 5)
\set p2 :products / 5 + random(1, :products / 5)
\set p3 2 * :products / 5 + random(1, :products / 5)
\set p4 3 * :products / 5 + random(1, :products / 5)
\set p5 4 * :products / 5 + random(1, :products / 5)
\set c random(1, :customers)
\set k random(1, 9000000000000000)
\set q random(1, 3)
BEGIN;
INSERT INTO platform.idempotency_keys(customer_id, operation, key, fingerprint, expires_at) VALUES (bench_customer(:c), 'orders.place', :k::text, '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', now() + interval '24 hours') ON CONFLICT DO NOTHING;
SELECT sum(price) AS tot, min(price) AS price, min(sku) AS sku, min(name) AS name FROM (SELECT sku, name, price FROM catalog.products WHERE id IN (bench_product(:p1), bench_product(:p2), bench_product(:p3), bench_product(:p4), bench_product(:p5)) ORDER BY id FOR UPDATE) x \gset
INSERT INTO ordering.orders(id, customer_id, status, total, currency, version, placed_at, updated_at) VALUES (uuidv7(), bench_customer(:c), 'reserved', :tot::numeric * :q::int, 'GBP', 1, now(), now()) RETURNING id AS oid \gset
INSERT INTO ordering.order_lines(order_id, line_no, product_id, sku, name, quantity, unit_price, currency) VALUES (:oid::uuid, 1, bench_product(:p1), :sku::text, :name::text, :q, :price::numeric, 'GBP'), (:oid::uuid, 2, bench_product(:p2), :sku::text, :name::text, :q, :price::numeric, 'GBP'), (:oid::uuid, 3, bench_product(:p3), :sku::text, :name::text, :q, :price::numeric, 'GBP'), (:oid::uuid, 4, bench_product(:p4), :sku::text, :name::text, :q, :price::numeric, 'GBP'), (:oid::uuid, 5, bench_product(:p5), :sku::text, :name::text, :q, :price::numeric, 'GBP');
UPDATE catalog.products SET on_hand = on_hand - :q, version = version + 1, updated_at = now() WHERE id IN (bench_product(:p1), bench_product(:p2), bench_product(:p3), bench_product(:p4), bench_product(:p5));
INSERT INTO platform.outbox(id, type, aggregate_id, payload) VALUES (uuidv7(), 'ordering.order-placed', :oid::uuid, jsonb_build_object('orderId', :oid::uuid, 'customerId', bench_customer(:c), 'status', 'reserved', 'total', :tot::numeric * :q::int, 'currency', 'GBP'));
UPDATE platform.idempotency_keys SET response = json_build_object('orderId', :oid::uuid, 'customerId', bench_customer(:c), 'status', 'reserved', 'total', :tot::numeric * :q::int, 'currency', 'GBP') WHERE customer_id = bench_customer(:c) AND operation = 'orders.place' AND key = :k::text;
END;

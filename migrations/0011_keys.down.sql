DROP TABLE key_states;
DROP TABLE wrapped_keys;

export { Injectable } from '@nestjs/common'; // reported
export { http } from '../../../http/src/index'; // reported
